import Domain
import FoundationEssentials

/// A version of a pack as an operator sees it.
public struct ListedPackVersion: Sendable, Equatable {
  public let version: PackVersion
  public let position: Int
  public let isOnSale: Bool

  public init(version: PackVersion, position: Int, isOnSale: Bool) {
    self.version = version
    self.position = position
    self.isOnSale = isOnSale
  }
}

public enum PackError: Error, Equatable, CustomStringConvertible {
  case exists
  case notFound
  /// Another operator has edited the pack since it was read.
  case changedMeanwhile
  case unavailable

  public var description: String {
    switch self {
    case .exists: "there is such a pack already; edit it, or take another id"
    case .notFound: "there is no such pack"
    case .changedMeanwhile: "somebody else has just edited this pack; look at it and try again"
    case .unavailable: "the database cannot be reached; look again before you repeat it"
    }
  }
}

/// The store of packs and their versions. No version is edited: a change is a new version.
public protocol PackRepository: Sendable {
  /// Sorted by their positions in the list, then the oldest version first.
  func versions() async throws(PackError) -> [ListedPackVersion]
  /// Adds a pack with its first version.
  func add(_ version: PackVersion, position: Int, by actor: String) async throws(PackError)
  /// Adds the version after the newest. Existing versions are not changed.
  func append(_ version: PackVersion, by actor: String) async throws(PackError)
  func move(_ pack: PackID, to position: Int, by actor: String) async throws(PackError)
  /// Ends the sale of the pack at `moment`, and of any version that would have begun later; nil for now.
  func retire(_ pack: PackID, at moment: Date?, by actor: String) async throws(PackError)
}
