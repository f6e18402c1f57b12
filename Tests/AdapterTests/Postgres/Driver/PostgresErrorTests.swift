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

  @Test("values that the server refuses are told apart from a deployment that refuses every value")
  func values() {
    for state in ["22003", "22P05", "23505", "23514", "54000"] {
      #expect(PostgresError(.server(sqlState: state, constraint: nil)).refusesValues)
    }
    // No right, no table, no column, a cached plan of before, no such role, a corrupt index; and what passes.
    for state in ["42501", "42P01", "42703", "0A000", "28000", "3D000", "XX001", "08006", "53300", "57014", "40001"] {
      #expect(!PostgresError(.server(sqlState: state, constraint: nil)).refusesValues)
    }
    for kind in [.unavailable, .poolExhausted, .timeout, .cancelled] as [PostgresError.Kind] {
      #expect(!PostgresError(kind).refusesValues)
    }
    #expect(PostgresError(.decoding(column: "x")).refusesValues)
  }

  @Test("a lost connection is no refusal")
  func away() {
    for kind in [.unavailable, .poolExhausted, .timeout, .cancelled] as [PostgresError.Kind] {
      #expect(!PostgresError(kind).isRefusal)
    }
    #expect(PostgresError(.decoding(column: "x")).isRefusal)
  }
}
