import Application
import ArgumentParser
import Foundation
import PostgresAdapter

struct PacksList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Prints every version of every pack; what is on sale now has a star.")
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let pool = try database.pool()
    defer { pool.close() }
    for pack in try await PostgresPackRepository(database: pool).versions() { print(Self.line(pack)) }
  }

  static func line(_ listed: ListedPackVersion) -> String {
    let (version, pack) = (listed.version, listed.version.pack)
    let until = version.activeUntil.map { " until \($0.ISO8601Format())" } ?? ""
    return "\(listed.isOnSale ? "*" : " ") \(pack.id) v\(pack.version) “\(pack.name)” "
      + "\(pack.talkTime) for \(pack.price.amount.count) \(pack.price.currency), tax \(pack.taxRate) % included, "
      + "from \(version.activeFrom.ISO8601Format())\(until), place \(listed.position)"
  }
}
