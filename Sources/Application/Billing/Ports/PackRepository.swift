import Domain
import FoundationEssentials

/// A version as an operator sees it.
public struct ListedPack: Sendable, Equatable {
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
  /// Somebody else has edited the pack since it was read.
  case changedMeanwhile
  case unavailable

  public var description: String {
    switch self {
    case .exists: "there is such a pack already; edit it, or take another id"
    case .notFound: "there is no such pack"
    case .changedMeanwhile: "somebody else has just edited this pack; look at it and try again"
    case .unavailable: "the database cannot be reached; nothing was changed"
    }
  }
}

/// The shop's shelf. Nothing on it is edited: a change is another version.
public protocol PackRepository: Sendable {
  /// By their places in the list, then the oldest version first.
  func versions() async throws(PackError) -> [ListedPack]
  /// A pack's first version.
  func add(_ version: PackVersion, position: Int, by actor: String) async throws(PackError)
  /// The version after the newest. What stands of it is not touched.
  func append(_ version: PackVersion, by actor: String) async throws(PackError)
  func move(_ pack: PackID, to position: Int, by actor: String) async throws(PackError)
  /// From `moment` on no version of it is sold, nor one that would have begun later; nil for now.
  func retire(_ pack: PackID, at moment: Date?, by actor: String) async throws(PackError)
}
