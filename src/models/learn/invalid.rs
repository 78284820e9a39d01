//! Why a model file is refused.

/// Why a stored model is not one of ours: refuse the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("the number of {what} does not fit the model")]
    Length { what: &'static str },
    #[error("tree {tree} does not begin where the one before ends")]
    Roots { tree: usize },
    #[error("tree {tree}, node {node}: its children do not lie behind it within the tree")]
    Children { tree: usize, node: usize },
    #[error("tree {tree}, node {node}: splits on column {feature} of {width}")]
    Feature { tree: usize, node: usize, feature: u16, width: usize },
    #[error("{what} {index} is out of range or not finite")]
    NotFinite { what: &'static str, index: usize },
}
