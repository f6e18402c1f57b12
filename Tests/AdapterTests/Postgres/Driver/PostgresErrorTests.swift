import PostgresDriver
import Testing

@Suite("Classes of Postgres errors")
struct PostgresErrorTests {
  @Test(
    "an error that the server will always repeat is a refusal",
    arguments: ["23514", "23505", "22003", "42501", "42P01", "P0001", "XX001"])
  func refusals(state: String) {
    #expect(PostgresError(.server(sqlState: state, constraint: nil)).isRefusal)
  }

  @Test(
    "a temporary error is no refusal",
    arguments: ["08006", "53300", "53100", "57014", "57P01", "58030", "25006", "55P03", "40001", "40P01"])
  func passing(state: String) {
    #expect(!PostgresError(.server(sqlState: state, constraint: nil)).isRefusal)
  }

  @Test("a lost connection is no refusal")
  func away() {
    for kind in [.unavailable, .poolExhausted, .timeout, .cancelled] as [PostgresError.Kind] {
      #expect(!PostgresError(kind).isRefusal)
    }
    #expect(PostgresError(.decoding(column: "x")).isRefusal)
  }
}
