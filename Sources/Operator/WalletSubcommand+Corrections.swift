import Application
import ArgumentParser
import Domain
import Foundation

extension WalletSubcommand {
  struct Grant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Gives a user talk time.")
    @OptionGroup var auditNote: Note
    @OptionGroup var amount: Amount

    func run() async throws {
      try await WalletSubcommand.correct(.grant, auditNote, amount, "granted \(amount.milliseconds) ms")
    }
  }

  struct Adjust: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts a wallet right in either direction; what it lacks is owed.")
    @OptionGroup var auditNote: Note
    @OptionGroup var amount: Amount

    func run() async throws {
      try await WalletSubcommand.correct(.adjustment, auditNote, amount, "adjusted by \(amount.milliseconds) ms")
    }
  }

  private static func correct(
    _ kind: WalletCorrection.Kind, _ auditNote: Note, _ amount: Amount, _ done: String
  ) async throws {
    let reference = amount.reference ?? UUID().uuidString.lowercased()
    try await auditNote.carry("\(done), reference \(reference)") { wallets, user throws(WalletAdministrationError) in
      try await CorrectWallet(wallets: wallets)(
        kind, milliseconds: amount.milliseconds, of: user, reference: reference, reason: auditNote.reason,
        actor: ShellUser.actor, cause: .actor(ShellUser.actor))
    }
  }
}
