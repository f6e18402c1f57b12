import Application
import ArgumentParser
import Domain
import Foundation
import PostgresAdapter
import Runtime

struct PacksAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "add", abstract: "Puts another pack on sale.")
  @OptionGroup var database: DatabaseOptions
  @Argument(help: "1 to 40 small letters, digits and hyphens.") var id: String
  @OptionGroup var terms: PackOptions

  func run() async throws {
    let changes = try terms.changes()
    guard let name = changes.name, let time = changes.talkTime, let amount = changes.amount else {
      throw ValidationError("a pack needs --name, --minutes or --milliseconds, and --amount")
    }
    let pack = Pack(
      id: id, version: 1, name: name, talkTime: time, price: Money(amount, changes.currency ?? .inr),
      taxRate: changes.taxRate ?? .standard)
    let version = try PackVersion(pack, from: changes.from ?? Date(), until: changes.until)
    let pool = try database.pool()
    defer { pool.close() }
    try await PostgresPackRepository(database: pool).add(version, position: terms.position ?? 0, by: ShellUser.actor)
    print("added \(id) v1")
  }
}

struct PacksEdit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit", abstract: "Makes another version of a pack, in which only what is given changes.",
    discussion: "A retired pack is on sale again with its new version.")
  @OptionGroup var database: DatabaseOptions
  @Argument var id: String
  @OptionGroup var terms: PackOptions

  func run() async throws {
    let changes = try terms.changes()
    guard !changes.isEmpty || terms.position != nil else { throw ValidationError("nothing to change was given") }
    guard let pack = PackID(id) else { throw PackProblem.invalidID }
    let pool = try database.pool()
    defer { pool.close() }
    let packs = PostgresPackRepository(database: pool)
    // The edit runs first: if it is refused, the pack is not moved either.
    let version =
      changes.isEmpty
      ? nil : try await EditPack(packs: packs, clock: SystemClock())(pack, changes, by: ShellUser.actor)
    if let position = terms.position { try await packs.move(pack, to: position, by: ShellUser.actor) }
    guard let version else { return print("moved \(id)") }
    print("\(id) v\(version.pack.version), from \(version.activeFrom.ISO8601Format())")
  }
}

struct PacksRetire: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retire", abstract: "Takes a pack off sale. Orders that were made stay as they are.")
  @OptionGroup var database: DatabaseOptions
  @Argument var id: String
  @Option(help: "From when on: 2026-11-25 (UTC) or an RFC 3339 time; now if not given.") var at: MomentArgument?

  func run() async throws {
    guard let pack = PackID(id) else { throw PackProblem.invalidID }
    let pool = try database.pool()
    defer { pool.close() }
    try await PostgresPackRepository(database: pool).retire(pack, at: at?.date, by: ShellUser.actor)
    print("retired \(id)")
  }
}
