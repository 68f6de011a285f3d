//! Stands in for `reqwest` in the build script of `tesseract-rs`, which compiles its download
//! code even when it links the system's Tesseract. Any call is a mistake and panics, so that
//! a build can never fetch anything.

pub mod blocking {
    use std::io;
    use std::time::Duration;

    const NEVER: &str = "this build must not download anything";

    pub struct Client;
    pub struct ClientBuilder;
    pub struct RequestBuilder;
    pub struct Response;
    pub struct StatusCode;
    pub struct Bytes;

    impl Client {
        pub fn new() -> Self {
            panic!("{NEVER}")
        }
        pub fn builder() -> ClientBuilder {
            panic!("{NEVER}")
        }
        pub fn get<U>(&self, _url: U) -> RequestBuilder {
            panic!("{NEVER}")
        }
    }

    impl Default for Client {
        fn default() -> Self {
            Self::new()
        }
    }

    impl ClientBuilder {
        pub fn timeout(self, _limit: Duration) -> Self {
            panic!("{NEVER}")
        }
        pub fn build(self) -> io::Result<Client> {
            panic!("{NEVER}")
        }
    }

    impl RequestBuilder {
        pub fn send(self) -> io::Result<Response> {
            panic!("{NEVER}")
        }
    }

    impl Response {
        pub fn status(&self) -> StatusCode {
            panic!("{NEVER}")
        }
        pub fn copy_to<W: ?Sized>(&mut self, _sink: &mut W) -> io::Result<u64> {
            panic!("{NEVER}")
        }
        pub fn bytes(self) -> io::Result<Bytes> {
            panic!("{NEVER}")
        }
    }

    impl AsRef<[u8]> for Bytes {
        fn as_ref(&self) -> &[u8] {
            panic!("{NEVER}")
        }
    }

    impl StatusCode {
        pub fn is_success(&self) -> bool {
            panic!("{NEVER}")
        }
    }

    impl std::fmt::Display for StatusCode {
        fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("{NEVER}")
        }
    }
}
