import Domain
import RedisDriver

/// The scripts of the live talks. Each begins with the look at the clock and the rule; tests put a clock of their own
/// in the first one's place.
package struct TalkScripts: Sendable {
  package let beat: RedisScript
  let reserve, drop, grant, wallet, hangUp, read, tick, watch, carePlan: RedisScript

  package init() { self.init(wall: PackageResources.wall_lua) }

  init(wall: [UInt8]) {
    func script(_ name: String, first: [UInt8] = [], _ body: [UInt8]) -> RedisScript {
      RedisScript(name: name, source: wall + first + PackageResources.meter_lua + body)
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
}
