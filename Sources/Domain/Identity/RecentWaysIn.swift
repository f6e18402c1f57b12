/// Which ways to sign in a reset of the password takes back: whoever knew the old one may have added them.
public enum RecentWaysIn {
  /// The number of days before the reset in which they were added.
  public static let days = 7
}
