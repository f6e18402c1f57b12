import ArgumentParser
import CryptoAdapter
import Foundation

struct AuthSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "auth", abstract: "What sign-in costs.", subcommands: [Calibrate.self])

  struct Calibrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the strongest settings of password hashes for this machine.",
      discussion: """
        Prints ARGON2_MEMORY_KIB and ARGON2_PASSES, and on the error output the time of one hash and how many sign-ins a
        second they allow. Run it on a machine as those of the auth service, while it has nothing else to do.
        """)
    @Option(help: "How long one hash may take, in milliseconds.") var milliseconds = 100

    func validate() throws {
      guard (1...10_000).contains(milliseconds) else {
        throw ValidationError("--milliseconds is a number from 1 to 10000.")
      }
    }

    func run() async throws {
      let (parameters, taken) = Argon2Parameters.calibrated(within: .milliseconds(milliseconds))
      print("ARGON2_MEMORY_KIB=\(parameters.memoryKiB)")
      print("ARGON2_PASSES=\(parameters.passes)")
      let (cores, took) = (ProcessInfo.processInfo.activeProcessorCount, taken / .milliseconds(1))
      let note = String(
        format: "one hash takes %.1f ms; %d cores make at most %.0f a second\n", took, cores,
        Double(cores) * 1_000 / max(took, 0.001))
      FileHandle.standardError.write(Data(note.utf8))
    }
  }
}
