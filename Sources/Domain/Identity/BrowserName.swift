/// What a mail says about the browser of a sign-in. It is out of a closed list, because whoever signs in sends the
/// `User-Agent`, and must not write into a mail of ours.
public enum BrowserName {
  public static let unknown = "an unknown browser"

  /// The first that is found counts: most browsers also name those that they descend from.
  private static let browsers = [
    (["Edg/", "EdgA/", "EdgiOS/"], "Edge"), (["OPR/"], "Opera"), (["SamsungBrowser/"], "Samsung Internet"),
    (["Firefox/", "FxiOS/"], "Firefox"), (["Chrome/", "CriOS/"], "Chrome"), (["Safari/"], "Safari"),
  ]
  private static let systems = [
    ("Windows NT", "Windows"), ("Android", "Android"), ("iPhone", "an iPhone"), ("iPad", "an iPad"),
    ("CrOS", "ChromeOS"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
  ]

  /// Such as "Firefox on Linux".
  public static func of(userAgent: String?) -> String {
    guard let userAgent,
      let browser = browsers.first(where: { words, _ in words.contains { userAgent.contains($0) } })?.1
    else { return unknown }
    guard let system = systems.first(where: { userAgent.contains($0.0) })?.1 else { return browser }
    return "\(browser) on \(system)"
  }
}
