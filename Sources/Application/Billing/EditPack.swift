import Domain
import FoundationEssentials

/// Adds a version of a pack that differs from its newest version only in the named fields.
public struct EditPack: Sendable {
  private let packs: any PackRepository
  private let clock: any WallClock

  public init(packs: any PackRepository, clock: any WallClock) {
    self.packs = packs
    self.clock = clock
  }

  public enum Failure: Error, Equatable, CustomStringConvertible {
    case refused(PackProblem)
    case shelf(PackError)

    public var description: String {
      switch self {
      case .refused(let refusal): refusal.description
      case .shelf(let error): error.description
      }
    }
  }

  /// - Returns: the new version.
  public func callAsFunction(
    _ pack: PackID, _ changes: PackChanges, by actor: String
  ) async throws(Failure) -> PackVersion {
    do {
      let versions = try await packs.versions().map(\.version).filter { $0.pack.id == pack.text }
      guard let newest = versions.max(by: { $0.pack.version < $1.pack.version }) else { throw PackError.notFound }
      let next = try newest.revised(changes, at: clock.now())
      try await packs.append(next, by: actor)
      return next
    } catch let refusal as PackProblem {
      throw .refused(refusal)
    } catch {
      throw .shelf(error as? PackError ?? .unavailable)
    }
  }
}
