import Application
import ArgumentParser
import Domain
import PostgresAdapter
import PostgresDriver

/// Changes a user's wallet by hand. Every change is recorded with the operator and the reason.
struct WalletSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wallet", abstract: "Shows and corrects a user's wallet.",
    subcommands: [Show.self, Grant.self, Adjust.self, Freeze.self, Thaw.self])

  /// The options of every change.
  struct Note: ParsableArguments {
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var user: UserArgument
    @Option(help: "Why, for whoever reads the records later: 1 to 500 characters.") var reason: String

    /// Runs the change and prints its result.
    func carry(
      _ done: String,
      _ change: (any WalletAdministration, UserID) async throws(WalletAdministrationError) -> AdjustedWallet
    ) async throws {
      let pool = try database.pool()
      let user = try await user.find(in: pool)
      do throws(WalletAdministrationError) {
        let answer = try await change(PostgresWalletAdministration(database: pool), user)
        print(answer.isRepeat ? "this stood already; nothing was done now" : done)
        print(WalletSubcommand.line(answer.balance))
      } catch {
        throw OperatorRefusal(WalletSubcommand.sentence(error))
      }
      pool.close()
    }
  }

  /// One correction of an amount.
  struct Amount: ParsableArguments {
    // A correction may be negative.
    @Option(parsing: .unconditional, help: "How much talk time, in milliseconds.") var milliseconds: Int64
    @Option(help: "A name for it: the same again does nothing. One is made up where none is given.")
    var reference: String?
  }

  static func line(_ balance: FreezableWallet) -> String {
    let wallet = balance.wallet
    return "balance \(wallet.balance): available \(wallet.available), held \(wallet.held), owed \(wallet.owed)"
      + (balance.isFrozen ? ", frozen" : "")
  }

  private static func sentence(_ error: WalletAdministrationError) -> String {
    switch error {
    case .unavailable: "the database did not answer; look again before you repeat it"
    case .userNotFound: "there is no such user"
    case .invalidTime:
      "the milliseconds are not zero, at most \(WalletCorrection.most.milliseconds) either way, and above zero for a grant"
    case .invalidReason: "a reason has 1 to \(Reason.longest) characters and no control characters"
    case .invalidReference: "a reference has 1 to 100 visible ASCII characters"
    case .dailyCapReached: "it is above the cap of the day"
    case .referenceReused(let differences):
      "the reference was used for something else; it differs in "
        + differences.map(\.rawValue).sorted().joined(separator: ", ")
    }
  }
}
