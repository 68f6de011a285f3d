//! The system's keyring (Secret Service), where the passphrase of a wrapped key may be remembered.
//!
//! The key file itself stays where it is: who has only the file, or only the keyring, has nothing.

use zeroize::Zeroizing;

/// The keyring refused, or there is none. What the system says of it is left out: it may quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// Built without.
    #[error("this program was built without the system's keyring")]
    NotBuilt,
    /// No service answers.
    #[error("the system has no keyring, or it does not answer")]
    Missing,
    /// It stays locked.
    #[error("the system's keyring is locked")]
    Locked,
    /// Something else.
    #[error("the system's keyring refused")]
    Refused,
}

#[cfg(feature = "keyring")]
mod imp {
    use std::sync::Arc;

    use keyring_core::{CredentialStore, Entry, Error};
    use sha2::{Digest, Sha256};
    use zeroize::Zeroizing;

    use super::KeyringError;

    /// Under which the entries of this program stand.
    const SERVICE: &str = "veridact";

    /// A keyring.
    #[derive(Clone, Debug)]
    pub struct Keyring(Arc<CredentialStore>);

    impl Keyring {
        /// The system's.
        ///
        /// # Errors
        /// [`KeyringError::Missing`] where none answers.
        pub fn system() -> Result<Self, KeyringError> {
            let store = zbus_secret_service_keyring_store::Store::new();
            store.map(|store| Self(store)).map_err(|_why| KeyringError::Missing)
        }

        /// The entry of a wrapped key file, found by what stands in it: another wrapping, another entry.
        fn entry(&self, wrapped: &str) -> Result<Entry, KeyringError> {
            let name = hex::encode(&Sha256::digest(wrapped.trim().as_bytes())[..16]);
            Entry::new_in_store(&self.0, SERVICE, &name).map_err(refused)
        }

        /// The passphrase that is remembered for a wrapped key file, by its text.
        ///
        /// # Errors
        /// [`KeyringError`]; none where nothing is remembered.
        pub fn passphrase(&self, wrapped: &str) -> Result<Option<Zeroizing<String>>, KeyringError> {
            match self.entry(wrapped)?.get_password() {
                Ok(passphrase) => Ok(Some(Zeroizing::new(passphrase))),
                Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(refused(error)),
            }
        }

        /// Remembers the passphrase of a wrapped key file.
        ///
        /// # Errors
        /// [`KeyringError`].
        pub fn remember(&self, wrapped: &str, passphrase: &str) -> Result<(), KeyringError> {
            self.entry(wrapped)?.set_password(passphrase).map_err(refused)
        }

        /// Forgets the passphrase of a wrapped key file; says whether there was one.
        ///
        /// # Errors
        /// [`KeyringError`].
        pub fn forget(&self, wrapped: &str) -> Result<bool, KeyringError> {
            match self.entry(wrapped)?.delete_credential() {
                Ok(()) => Ok(true),
                Err(Error::NoEntry) => Ok(false),
                Err(error) => Err(refused(error)),
            }
        }

        /// One that lives as long as the process, for tests.
        #[cfg(test)]
        pub(crate) fn of_a_test() -> Self {
            Self(keyring_core::mock::Store::new().unwrap())
        }
    }

    fn refused(error: Error) -> KeyringError {
        match error {
            Error::NoStorageAccess(_) => KeyringError::Locked,
            _ => KeyringError::Refused,
        }
    }
}

#[cfg(not(feature = "keyring"))]
mod imp {
    use zeroize::Zeroizing;

    use super::KeyringError;

    /// A keyring that this build has not.
    #[derive(Clone, Debug)]
    pub struct Keyring(std::convert::Infallible);

    impl Keyring {
        /// Always [`KeyringError::NotBuilt`].
        ///
        /// # Errors
        /// Always.
        pub fn system() -> Result<Self, KeyringError> {
            Err(KeyringError::NotBuilt)
        }

        /// Of no keyring, nothing.
        ///
        /// # Errors
        /// Never called.
        pub fn passphrase(&self, _: &str) -> Result<Option<Zeroizing<String>>, KeyringError> {
            match self.0 {}
        }

        /// Into no keyring, nothing.
        ///
        /// # Errors
        /// Never called.
        pub fn remember(&self, _: &str, _: &str) -> Result<(), KeyringError> {
            match self.0 {}
        }

        /// From no keyring, nothing.
        ///
        /// # Errors
        /// Never called.
        pub fn forget(&self, _: &str) -> Result<bool, KeyringError> {
            match self.0 {}
        }
    }
}

pub use imp::Keyring;

/// A passphrase that nobody has to know: 32 random bytes in hexadecimal digits.
///
/// # Errors
/// [`KeyringError::Refused`] where the system gives no random bytes.
pub fn random_passphrase() -> Result<Zeroizing<String>, KeyringError> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|_no_source| KeyringError::Refused)?;
    Ok(Zeroizing::new(hex::encode(*bytes)))
}

#[cfg(all(test, feature = "keyring"))]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_remembered_for_one_wrapping_and_forgotten() {
        let keyring = Keyring::of_a_test();
        assert_eq!(keyring.passphrase("wrapped"), Ok(None));
        keyring.remember("wrapped\n", "korrekt pferd").unwrap();
        let found = keyring.passphrase("wrapped").unwrap().unwrap();
        assert_eq!(found.as_str(), "korrekt pferd");
        assert_eq!(keyring.passphrase("wrapped anew"), Ok(None));
        assert_eq!(keyring.forget("wrapped"), Ok(true));
        assert_eq!(keyring.forget("wrapped"), Ok(false));
        assert_eq!(keyring.passphrase("wrapped"), Ok(None));
    }

    #[test]
    fn no_two_random_passphrases_are_alike() {
        let two = [random_passphrase().unwrap(), random_passphrase().unwrap()];
        assert!(two[0] != two[1] && two[0].len() == 64);
    }
}
