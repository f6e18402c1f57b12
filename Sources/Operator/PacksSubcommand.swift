import ArgumentParser

struct PacksSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "packs", abstract: "Shows and edits what is on sale.",
    discussion: "An order keeps the version of its pack that it was made at; an edit makes another version.",
    subcommands: [PacksList.self, PacksAdd.self, PacksEdit.self, PacksRetire.self])
}
