import Domain
import Testing

@Suite("The browser of a sign-in, as a mail names it")
struct BrowserNameTests {
  @Test(
    "a browser is named with its system",
    arguments: [
      ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
      (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "Chrome on Windows"
      ),
      (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
          + " Edg/142.0.0.0", "Edge on Windows"
      ),
      (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0"
          + " Mobile Safari/537.36", "Samsung Internet on Android"
      ),
      (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0"
          + " Mobile/15E148 Safari/604.1", "Safari on an iPhone"
      ),
      (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0"
          + " Safari/605.1.15", "Safari on macOS"
      ),
      ("Firefox/145.0", "Firefox"),
    ])
  func names(userAgent: String, name: String) { #expect(BrowserName.of(userAgent: userAgent) == name) }

  @Test(
    "nothing of another text is repeated",
    arguments: [nil, "", "curl/8.5", "Your account is blocked: call +1 555 0100"])
  func unknown(userAgent: String?) { #expect(BrowserName.of(userAgent: userAgent) == "an unknown browser") }

  @Test("a text that a signer adds to a browser's name is not in the mail")
  func adds() {
    #expect(BrowserName.of(userAgent: "Firefox/145.0 on Linux. Call evil.example at once") == "Firefox on Linux")
  }
}
