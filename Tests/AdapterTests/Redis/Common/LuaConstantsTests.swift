import Testing

@testable import RedisAdapter

@Suite("Constants of Lua scripts")
struct LuaConstantsTests {
  @Test(
    "names are replaced as whole words outside of strings, and comments go, with the lines as they were",
    arguments: [
      ("return GAP", "return 10"), ("GAP", "10"), ("GAP + LONGEST_GAP + GAPS", "10 + LONGEST_GAP + GAPS"),
      ("s[GAP]-GAP", "s[10]-10"), ("return 'GAP' .. GAP", "return 'GAP' .. 10"),
      ("-- the rule's GAP\nreturn GAP -- 'GAP\n", "\nreturn 10 \n"),
      ("struct.unpack(FORM, a)", "struct.unpack('>d', a)"),
      ("'never ends GAP", "'never ends GAP"), ("", ""),
    ])
  func fills(script: String, expected: String) {
    let filled = LuaConstants(["GAP": "10", "FORM": "'>d'"]).filled(into: Array(script.utf8))
    #expect(String(decoding: filled, as: UTF8.self) == expected)
  }

  @Test("no name in capitals is left in a script of the live talks, but those that it defines itself")
  func none() {
    let script = String(decoding: RedisTalkScripts().beats.source, as: UTF8.self)
    for match in script.replacing(/'[^']*'/, with: "").matches(of: /\b[A-Z][A-Z0-9_]*\b/) {
      #expect(["KEYS", "ARGV", "FIRST_BEAT", "AT_BEAT", "LOW"].contains(String(match.0)))
    }
  }
}
