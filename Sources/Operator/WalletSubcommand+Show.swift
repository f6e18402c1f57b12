import ArgumentParser
import PostgresAdapter

extension WalletSubcommand {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints a user's wallet, and why it is frozen.")
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var user: UserArgument

    func run() async throws {
      let pool = try database.pool()
      let wallet = try await PostgresWalletAdministration(database: pool).wallet(of: try await user.find(in: pool))
      pool.close()
      print("user \(wallet.user), version \(wallet.version)")
      print(WalletSubcommand.line(wallet.balance))
      for freeze in wallet.freezes {
        print("frozen since \(MomentArgument.text(freeze.since)) by \(freeze.cause): \(freeze.reason)")
      }
    }
  }
}
