import COpenSSL

/// Settings of OpenSSL for the whole process. libpq and libcurl share one libcrypto.
public enum OpenSSLSetup {
  /// Keeps OpenSSL from freeing its state when the process exits. It must be read before libpq or libcurl uses OpenSSL.
  ///
  /// `exit` runs OpenSSL's cleanup while the threads of the pools still open and close connections. A thread that then
  /// computes a SCRAM proof dereferences a freed lock, and a process that has done its work ends with a segmentation
  /// fault. The operating system takes the memory back in any case (OPENSSL_init_crypto(3), OPENSSL_INIT_NO_ATEXIT).
  /// Seen with OpenSSL 3.0 of Debian 12 under libpq 15 and libcurl 7.88.
  public static let withoutCleanupAtExit: Bool =
    OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1
}
