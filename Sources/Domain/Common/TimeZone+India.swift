import FoundationEssentials

extension TimeZone {
  /// Indian Standard Time, by which documents, financial years and statements are dated. India has one time zone and no
  /// daylight saving time.
  public static let india = TimeZone(secondsFromGMT: 19_800) ?? .gmt
}
