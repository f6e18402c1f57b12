import Domain
import RedisDriver

/// The scripts of the live talks. Each begins with the rule's constants, the reading of the clock and the rule. Tests
/// replace the reading of the clock by their own clock.
package struct RedisTalkScripts: Sendable {
  package let beat: RedisScript
  let reserve, drop, grant, wallet, hangUp, read, tick, watch, carePlan: RedisScript

  package init() { self.init(wall: PackageResources.wall_lua) }

  init(wall: [UInt8]) {
    func script(_ name: String, first: [UInt8] = [], _ body: [UInt8]) -> RedisScript {
      RedisScript(
        name: name,
        source: Array(Self.constants.utf8) + wall + first + Array(RedisTalkField.places.utf8)
          + PackageResources.meter_lua
          + body)
    }
    beat = script("beat", first: PackageResources.beat_fast_path_lua, PackageResources.beat_lua)
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

  /// The numbers of the rule and the layouts of the stored state and the reply, as Lua. They are part of a script's text,
  /// so that no call carries them.
  private static let constants = """
    local STARTING, LIVE, ENDED = \(state(.starting)), \(state(.live)), \(state(.ended))
    local GAP, NOTABLE, GAPS_KEPT = \(Meter.longestGap), \(Meter.notableGap), \(TalkGaps.keptOneByOne)
    local RESERVATION, CONNECTION = \(Meter.reservation), \(Meter.connection)
    local LONGEST_STEP = \(ShardClock.longestStep)
    local LOW_60, LOW_15 = \(LowWarning.low60.threshold), \(LowWarning.low15.threshold)
    local LAYOUT, FIGURES = '\(RedisTalkField.layout)', \(RedisTalkField.allCases.count)
    local CLOCK, CLOCK_SIZE = '>dddd', 32
    local REPLY = '\(RedisTalkScriptReply.layout)'

    """

  private static func state(_ state: Meter.State) -> Int64 { state.rawValue }
}
