import Application
import ArgumentParser
import Domain

struct SessionsSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions", abstract: "Shows and ends live talks, and proves what one has cost.",
    subcommands: [Live.self, End.self, EndUser.self, Drain.self, Explain.self])

  static func sentence(_ error: TalkAdministrationError) -> String {
    switch error {
    case .notFound: "there is no such talk"
    case .userNotFound: "there is no such user"
    case .invalidReason: "a reason has 1 to \(Reason.longest) characters and no control characters"
    case .unavailable: "Redis or the database did not answer; look again before you repeat it"
    }
  }

  static func line(_ session: SessionID, _ ended: EndedTalk) -> String {
    switch ended {
    case .settled(let talk):
      "\(session) \(talk.reason.rawValue), charged \(talk.charged), balance \(talk.balance)"
    case .provisional(let charge, let reason):
      "\(session) \(reason.rawValue), charged \(charge); not in the ledger yet, the settler will do it"
    }
  }
}

extension SessionID: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension SessionsSubcommand {
  struct Live: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the talks that are not over: how long ago each last beat, and what remains.")
    @OptionGroup var stores: OperatorStores

    func run() async throws {
      try await stores.opened { stores, _ in
        let list = ListLiveTalks(live: stores.live, names: stores.names)
        var table = TextTable([
          ("session", .left), ("user", .left), ("state", .left), ("last beat", .right), ("remaining", .right),
          ("charged", .right), ("beats", .right), ("connected", .left), ("conversation", .left),
        ])
        var (count, after): (Int, SessionID?) = (0, nil)
        repeat {
          let page = try await list(after: after, limit: 100)
          for item in page.items { table.add(Self.row(item)) }
          (count, after) = (count + page.items.count, page.next)
        } while after != nil
        for line in table.lines { print(line) }
        print("\(count) talks")
      }
    }

    private static func row(_ item: ListedLiveTalk) -> [String] {
      let talk = item.talk
      return [
        talk.id.text, talk.user.description, talk.state == .starting ? "starting" : "live",
        item.silence.map { "\($0) ago" } ?? "-", talk.remaining.description, talk.charged.description,
        String(talk.beats), item.connectedAt.map(MomentArgument.text) ?? "-", item.names?.conversation ?? "-",
      ]
    }
  }

  struct End: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a talk, charged to this moment.")
    @OptionGroup var stores: OperatorStores
    @Argument(help: "The talk's id.") var session: SessionID
    @Option(help: "Why; it is kept.") var reason: String

    func run() async throws {
      let (session, reason) = (session, reason)
      try await stores.opened { stores, _ in
        do throws(TalkAdministrationError) {
          let ended = try await stores.endByOperator(session, reason: reason, actor: ShellUser.actor)
          print(SessionsSubcommand.line(session, ended))
        } catch {
          throw OperatorRefusal(SessionsSubcommand.sentence(error))
        }
      }
    }
  }

  struct EndUser: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "end-user", abstract: "Ends whatever talk a user has going on.")
    @OptionGroup var stores: OperatorStores
    @OptionGroup var user: UserArgument
    @Option(help: "Why; it is kept.") var reason: String

    func run() async throws {
      let (email, reason) = (user.email, reason)
      try await stores.opened { stores, pool in
        let found = try await UserArgument.find(email, in: pool)
        do throws(TalkAdministrationError) {
          let ended = try await stores.endByOperator.all(of: found, reason: reason, actor: ShellUser.actor)
          for one in ended { print(SessionsSubcommand.line(one.session, one.ended)) }
          if ended.isEmpty { print("no talk goes on") }
        } catch {
          throw OperatorRefusal(SessionsSubcommand.sentence(error))
        }
      }
    }
  }

  struct Drain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lets no talk start anywhere, or again; those that go on go on. Without an option it says what stands.")
    @OptionGroup var stores: OperatorStores
    @Option(help: "Why; it is kept.") var reason: String?
    @Flag(help: "Lets talks start again.") var off = false

    func validate() throws {
      if off, reason == nil { throw ValidationError("--off needs a --reason too") }
    }

    func run() async throws {
      let (reason, off) = (reason, off)
      try await stores.opened { stores, _ in
        do throws(TalkAdministrationError) {
          if let reason {
            if off {
              try await stores.drain.resume(reason: reason, actor: ShellUser.actor)
            } else {
              _ = try await stores.drain.stop(reason: reason, actor: ShellUser.actor)
            }
          }
          guard let order = try await stores.drain.standing() else { return print("talks may start") }
          print("no talk starts since \(MomentArgument.text(order.since)), by \(order.actor): \(order.reason)")
        } catch {
          throw OperatorRefusal(SessionsSubcommand.sentence(error))
        }
      }
    }
  }
}
