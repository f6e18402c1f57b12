import Application
import ArgumentParser
import Domain

extension WalletSubcommand {
  struct Freeze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stops a wallet: no talk starts, and a live one ends. Purchases are still credited.")
    @OptionGroup var auditNote: Note

    func run() async throws { try await WalletSubcommand.set(.freeze, auditNote, "frozen") }
  }

  struct Thaw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes an operator's freeze away; one that a dispute brought about stays.")
    @OptionGroup var auditNote: Note

    func run() async throws { try await WalletSubcommand.set(.thaw, auditNote, "thawed") }
  }

  private static func set(_ wish: FreezeWallet.Wish, _ auditNote: Note, _ done: String) async throws {
    try await auditNote.carry(done) { wallets, user throws(WalletAdministrationError) in
      try await FreezeWallet(wallets: wallets)(
        wish, user, reason: auditNote.reason, actor: ShellUser.actor, cause: .actor(ShellUser.actor))
    }
  }
}
