//! A text classifier from an ONNX file, run by the ONNX runtime's shared library, which is
//! loaded when the classifier is opened and not linked.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use ort::{
    environment::Environment,
    session::{Session, SessionInputValue},
    value::Tensor,
};
use tokenizers::{Tokenizer, TruncationParams};

/// BERT and its kin have no more positions; a tokenizer file that sets its own limit keeps it.
const MOST_TOKENS: usize = 512;

/// What prevents a classifier. Halt, save for [`OnnxError::Run`] and [`OnnxError::Tokens`],
/// which concern one text: drop it.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    #[error(
        "the ONNX runtime cannot be loaded: {why}; set ORT_DYLIB_PATH to libonnxruntime.so \
        (part of the release of ONNX Runtime and of the Python package onnxruntime)"
    )]
    Library { why: String },
    #[error("{}: no ONNX model that can be run: {why}", file.display())]
    Model { file: PathBuf, why: String },
    #[error("{}: no tokenizer: {why}", file.display())]
    Tokenizer { file: PathBuf, why: String },
    /// The model asks for something that no text has.
    #[error("{}: the model's input `{input}` is unknown: it may have input_ids, attention_mask, token_type_ids", file.display())]
    Input { file: PathBuf, input: String },
    #[error("the tokenizer fails on the text: {0}")]
    Tokens(String),
    #[error("the model fails on the text: {0}")]
    Run(String),
}

/// A model and its tokenizer.
pub struct Classifier {
    file: PathBuf,
    tokenizer: Tokenizer,
    /// The runtime allows one run at a time.
    session: Mutex<Session>,
    /// The model's inputs, in its order.
    inputs: Vec<Input>,
}

#[derive(Clone, Copy, Debug)]
enum Input {
    Ids,
    Mask,
    Types,
}

impl Input {
    fn name(self) -> &'static str {
        match self {
            Self::Ids => "input_ids",
            Self::Mask => "attention_mask",
            Self::Types => "token_type_ids",
        }
    }
}

impl Classifier {
    /// Loads the runtime from `library`, the model and its `tokenizer.json`. One process loads
    /// one runtime: a second classifier uses the first one's.
    ///
    /// # Errors
    /// A library, model or tokenizer that is missing or of another kind.
    pub fn open(library: &Path, model: &Path, tokenizer: &Path) -> Result<Self, OnnxError> {
        let tokenizer = read_tokenizer(tokenizer)?;
        let fault = |error: ort::Error| OnnxError::Model { file: model.to_owned(), why: error.to_string() };
        // Said before the library is asked, whose words for it are its own.
        if let Err(error) = std::fs::File::open(model) {
            return Err(OnnxError::Model { file: model.to_owned(), why: error.to_string() });
        }
        let environment = environment(library)?;
        let session = Session::builder(&environment).map_err(fault)?.commit_from_file(model).map_err(fault)?;
        let input = |name: &str| {
            let known = [Input::Ids, Input::Mask, Input::Types].into_iter().find(|input| input.name() == name);
            known.ok_or_else(|| OnnxError::Input { file: model.to_owned(), input: name.to_owned() })
        };
        let inputs = session.inputs().iter().map(|outlet| input(outlet.name())).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { file: model.to_owned(), tokenizer, session: Mutex::new(session), inputs })
    }

    /// The model's file, for messages.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The model's first output for the text: one number a class.
    ///
    /// # Errors
    /// [`OnnxError::Tokens`] and [`OnnxError::Run`].
    pub fn logits(&self, text: &str) -> Result<Vec<f32>, OnnxError> {
        let encoding = self.tokenizer.encode(text, true).map_err(|error| OnnxError::Tokens(error.to_string()))?;
        let count = encoding.len();
        if count == 0 {
            return Err(OnnxError::Tokens("it makes no token of it".to_owned()));
        }
        let fault = |error: ort::Error| OnnxError::Run(error.to_string());
        let mut values: Vec<(&str, SessionInputValue<'_>)> = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let numbers = match input {
                Input::Ids => encoding.get_ids(),
                Input::Mask => encoding.get_attention_mask(),
                Input::Types => encoding.get_type_ids(),
            };
            let numbers: Vec<i64> = numbers.iter().map(|number| i64::from(*number)).collect();
            values.push((input.name(), Tensor::from_array(([1, count], numbers)).map_err(fault)?.into()));
        }
        // A run that panicked left nothing behind in the session.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(values).map_err(fault)?;
        let Some((_, first)) = outputs.iter().next() else {
            return Err(OnnxError::Run("it gives no output".to_owned()));
        };
        let (_, logits) = first.try_extract_tensor::<f32>().map_err(fault)?;
        Ok(logits.to_vec())
    }
}

impl std::fmt::Debug for Classifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Classifier").field("file", &self.file).field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

/// The process's one environment: the runtime allows no second.
fn environment(library: &Path) -> Result<Environment, OnnxError> {
    static SHARED: Mutex<Option<Environment>> = Mutex::new(None);
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = shared.as_ref() {
        return Ok(environment.clone());
    }
    let builder = ort::init_from(library).map_err(|error| OnnxError::Library { why: error.to_string() })?;
    let built = builder.with_name("shoal").with_telemetry(false).build();
    let environment = built.map_err(|error| OnnxError::Library { why: error.to_string() })?;
    Ok(shared.insert(environment).clone())
}

fn read_tokenizer(file: &Path) -> Result<Tokenizer, OnnxError> {
    let fault = |why: String| OnnxError::Tokenizer { file: file.to_owned(), why };
    let bytes = std::fs::read(file).map_err(|error| fault(error.to_string()))?;
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| fault(error.to_string()))?;
    tokenizer.with_padding(None);
    if tokenizer.get_truncation().is_none() {
        let limit = TruncationParams { max_length: MOST_TOKENS, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(limit)).map_err(|error| fault(error.to_string()))?;
    }
    Ok(tokenizer)
}
