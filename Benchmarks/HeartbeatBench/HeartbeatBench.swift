import ArgumentParser

@main
struct HeartbeatBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "HeartbeatBench", abstract: "Measures heartbeats beside a handler that answers a constant.",
    subcommands: [Heartbeat.self, Bare.self], defaultSubcommand: Heartbeat.self)
}
