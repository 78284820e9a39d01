//! The offline mainnet replica on a real Anvil.

use shoal::io::replica::{self, ReplicaOptions};

#[tokio::test]
async fn timing() {
    let dir = tempfile::tempdir().unwrap();
    let options = ReplicaOptions { cache_dir: dir.path().to_owned(), ..ReplicaOptions::default() };
    for _ in 0..2 {
        let t = std::time::Instant::now();
        let replica = replica::start(options.clone()).await.unwrap();
        println!("{:?} {:?} {}", replica.origin, t.elapsed(), std::fs::metadata(&replica.cache_file).unwrap().len());
        let t = std::time::Instant::now();
        let _fork = replica::fork(replica.endpoint(), &options).await.unwrap();
        println!("fork {:?}", t.elapsed());
    }
}
