import ArgumentParser
import Foundation
import Soak

@main
struct SoakRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "SoakRun", abstract: "Talkers under fire; prints what came out and fails where a charge is wrong.")

  @Option(help: "How many talk at once.") var talkers = 2_000
  @Option(help: "Seconds in which all talk.") var seconds = 120
  @Option(help: "Seconds for which Postgres is away.") var outage = 10

  func run() async throws {
    let soak = try Soak(
      talkers: talkers, seconds: seconds, outage: .seconds(outage), settings: ProcessInfo.processInfo.environment)
    let report = try await soak.run { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    print(String(decoding: try encoder.encode(report), as: UTF8.self))
    if !report.faults.isEmpty { throw ExitCode.failure }
  }
}
