import Testing

@testable import PostgresDriver

@Suite("A part of a statement")
struct PostgresFragmentTests {
  @Test("its parameters are numbered in the statement, each time that it is there")
  func numbered() {
    let id: Int64? = nil
    let columns: PostgresColumnList = "id, name"
    let young: PostgresFragment = "age < \(18) AND id > \(id)::bigint"
    let query: PostgresQuery = "SELECT \(columns) FROM a WHERE b = \("c") AND \(young) OR d = \(true) AND \(young)"
    #expect(
      query.sql
        == "SELECT id, name FROM a WHERE b = $1 AND age < $2 AND id > $3::bigint OR d = $4 AND age < $5 AND id > $6::bigint"
    )
    let parts = [PostgresParameter(18), PostgresParameter(id)]
    #expect(query.parameters == [PostgresParameter("c")] + parts + [PostgresParameter(true)] + parts)
  }

  @Test("a part may hold parts, columns, and none of them")
  func nested() {
    let columns: PostgresColumnList = "id, name"
    let inner: PostgresFragment = "a = \(1)"
    let outer: PostgresFragment = "(SELECT \(columns) FROM b WHERE \(inner) AND c = \(2) AND \(inner))"
    let last: PostgresFragment = "LIMIT 1"
    let query: PostgresQuery = "\(outer) \(last)"
    #expect(query.sql == "(SELECT id, name FROM b WHERE a = $1 AND c = $2 AND a = $3) LIMIT 1")
    #expect(query.parameters == [PostgresParameter(1), PostgresParameter(2), PostgresParameter(1)])
  }
}
