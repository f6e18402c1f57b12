import PostgresDriver
import Testing

@Suite("What an error of Postgres means")
struct PostgresErrorTests {
  @Test(
    "what the server refuses is refused again, whenever it comes",
    arguments: ["23514", "23505", "22003", "42501", "42P01", "P0001", "XX001"])
  func refusals(state: String) {
    #expect(PostgresError(.server(sqlState: state, constraint: nil)).isRefusal)
  }

  @Test(
    "what passes by itself is no refusal",
    arguments: ["08006", "53300", "53100", "57014", "57P01", "58030", "25006", "55P03", "40001", "40P01"])
  func passing(state: String) {
    #expect(!PostgresError(.server(sqlState: state, constraint: nil)).isRefusal)
  }

  @Test("nor is a connection that is away")
  func away() {
    for kind in [.unavailable, .poolExhausted, .timeout, .cancelled] as [PostgresError.Kind] {
      #expect(!PostgresError(kind).isRefusal)
    }
    #expect(PostgresError(.decoding(column: "x")).isRefusal)
  }
}
