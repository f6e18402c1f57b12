import Foundation
import Logging
import PostgresDriver

/// Runs many talkers for some minutes while instances are killed, Redis is restarted and Postgres is stopped.
/// Afterwards every talk must have cost exactly what its talker was told, to the millisecond.
public struct Soak: Sendable {
  struct Missing: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name) is not set: run ./dev soak" }
  }

  private let talkers: Int
  private let seconds: Int
  private let doors: [Door]
  private let shop: Door
  private let sandbox: Sandbox
  private let database: PostgresPool
  private let mishaps: Mishaps
  private let secret: String
  private let publicURL: String

  /// - Parameters:
  ///   - settings: the output of `./dev env`, with TALKTIME_DEV, the script's path.
  ///   - doors: addresses of the session service besides PUBLIC_URL.
  public init(
    talkers: Int, seconds: Int, outage: Duration, settings: [String: String], doors: [String] = []
  ) throws {
    func value(_ name: String) throws -> String {
      guard let value = settings[name], !value.isEmpty else { throw Missing(name: name) }
      return value
    }
    func door(_ url: String) throws -> Door {
      guard let door = Door(url) else { throw Missing(name: url) }
      return door
    }
    self.talkers = talkers
    self.seconds = seconds
    publicURL = try value("PUBLIC_URL")
    shop = try door(publicURL)
    self.doors = [shop] + (try doors.map(door))
    sandbox = Sandbox(url: try value("SANDBOX_URL"))
    database = try PostgresPool(
      configuration: PostgresConfiguration(
        url: try value("DATABASE_URL"), applicationName: "soak", statementTimeout: .seconds(60)),
      logger: Logger(label: "soak"))
    mishaps = Mishaps(dev: try value("TALKTIME_DEV"), outage: outage)
    secret = try value("JWT_SECRET_KEY")
  }

  public func run(progress: @escaping @Sendable (String) -> Void = { _ in }) async throws -> SoakReport {
    defer { database.close() }
    progress("\(talkers) people are made")
    let people = try await People(database: database, secret: secret, issuer: publicURL)
    let members = try await people.make(talkers, seconds: seconds)
    let schedule = Schedule(talkers: talkers, seconds: seconds, shop: shop)
    progress("they start to talk; all do in \(Int((schedule.full - schedule.begin) / .seconds(1))) s")
    async let happened = mishaps.run(schedule)
    await talk(members, schedule)
    var report = SoakReport()
    (report.talkers, report.seconds) = (talkers, seconds)
    report.mishaps = try await happened
    progress("all have left; the last talks are settled")
    try await check(members, &report)
    return report
  }

  private func talk(_ members: [People.Member], _ schedule: Schedule) async {
    await withTaskGroup(of: Void.self) { group in
      for (number, member) in members.enumerated() {
        let talker = Talker(
          token: member.token, habit: member.habit, sheet: member.sheet, door: doors[number % doors.count],
          sandbox: sandbox, schedule: schedule)
        group.addTask {
          try? await Task.sleep(until: schedule.arrival(of: number, among: members.count), clock: .continuous)
          await talker.run()
        }
      }
    }
  }

  private func check(_ members: [People.Member], _ report: inout SoakReport) async throws {
    let soakDatabase = SoakDatabase(database: database, users: members.map(\.user.uuid))
    let patience = ContinuousClock.now + .seconds(60)
    while try await soakDatabase.unsettled() > 0, ContinuousClock.now < patience {
      try await Task.sleep(for: .milliseconds(500))
    }
    let settled = try await soakDatabase.settled()
    report.compare(members, with: settled)
    report.add(
      try await soakDatabase.wallets(), talks: members.count { $0.sheet.now.session != nil }, settled: settled.count)
    do { try await mishaps.command(["talktime", "ledger", "verify"]) } catch { report.faults.append("\(error)") }
  }
}
