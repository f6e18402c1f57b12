import Domain
import RedisDriver

/// The scripts of the live talks. Each begins with the reading of the clock and the rule. Tests replace the reading of
/// the clock by their own clock.
package struct RedisTalkScripts: Sendable {
  package let beats: RedisScript
  let reserve, drop, grant, wallet, hangUp, read, tick, watch, carePlan: RedisScript

  package init() { self.init(wall: PackageResources.wall_lua) }

  init(wall: [UInt8]) {
    func script(_ name: String, first: [UInt8] = [], _ body: [UInt8]) -> RedisScript {
      RedisScript(name: name, source: Self.constants.filled(into: wall + first + PackageResources.meter_lua + body))
    }
    beats = script("beats", first: PackageResources.beats_fast_path_lua, PackageResources.beats_lua)
    reserve = script("reserve", PackageResources.reserve_lua)
    drop = script("drop", PackageResources.drop_lua)
    grant = script("grant", PackageResources.grant_lua)
    wallet = script("wallet", PackageResources.wallet_lua)
    hangUp = script("hang_up", PackageResources.hang_up_lua)
    read = script("read", PackageResources.read_lua)
    tick = script("tick", PackageResources.tick_lua)
    watch = script("watch", PackageResources.watch_lua)
    carePlan = script("care_plan", PackageResources.care_plan_lua)
  }

  /// The numbers of the rule, the layouts of the stored state and the reply, and the places of the figures
  /// and of the ids in their keys.
  private static let constants = LuaConstants(
    [
      "STARTING": state(.starting), "LIVE": state(.live), "ENDED": state(.ended),
      "GAP": "\(Meter.longestGap)", "NOTABLE": "\(Meter.notableGap)", "GAPS_KEPT": "\(TalkGaps.keptOneByOne)",
      "RESERVATION": "\(Meter.reservation)", "CONNECTION": "\(Meter.connection)",
      "LONGEST_STEP": "\(ShardClock.longestStep)",
      "LOW_60": "\(LowWarning.low60.threshold)", "LOW_15": "\(LowWarning.low15.threshold)",
      "LAYOUT": "'\(RedisTalkField.layout)'", "FIGURES": "\(RedisTalkField.allCases.count)",
      "SESSION_PLACE": "\(Keyspace.sessionPrefix(Shard.all[0]).utf8.count + 1)",
      "USER_PLACE": "\(Keyspace.revokedPrefix(Shard.all[0]).utf8.count + 1)",
      "CLOCK": "'>dddd'", "CLOCK_SIZE": "32", "REPLY": "'\(RedisTalkScriptReply.layout)'",
    ].merging(RedisTalkField.places) { first, _ in first })

  private static func state(_ state: Meter.State) -> String { "\(state.rawValue)" }
}
