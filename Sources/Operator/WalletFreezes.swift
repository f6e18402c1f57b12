import Application
import ArgumentParser
import Domain

extension WalletCommand {
  struct Freeze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stops a wallet: no talk starts, and a live one ends. Purchases are still credited.")
    @OptionGroup var word: Word

    func run() async throws { try await WalletCommand.set(.freeze, word, "frozen") }
  }

  struct Thaw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes an operator's freeze away; one that a dispute brought about stays.")
    @OptionGroup var word: Word

    func run() async throws { try await WalletCommand.set(.thaw, word, "thawed") }
  }

  private static func set(_ wish: FreezeWallet.Wish, _ word: Word, _ done: String) async throws {
    try await word.carry(done) { wallets, user throws(WalletDeskError) in
      try await FreezeWallet(wallets: wallets)(
        wish, user, reason: word.reason, actor: Shell.actor, cause: .actor(Shell.actor))
    }
  }
}
