import ArgumentParser

@main
struct TalkBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "TalkBench",
    abstract: "Measures talks: heartbeats over HTTP and the live link, and what a talk costs.",
    subcommands: [Heartbeat.self, Link.self, Links.self, Minutes.self, Bare.self], defaultSubcommand: Heartbeat.self)
}
