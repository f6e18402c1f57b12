/// The tables that grow over the years, as they then look: nearly all rows are finished, many wait, few are due.
struct PlanTables: Sendable {
  let name: String
  private let columns: String
  /// The values of row `n`.
  private let values: String

  /// Skips references and triggers, because only the number of rows matters. An index that is built over all rows is
  /// faster than one that is updated for each row.
  func filled(_ rows: Int) -> String {
    """
    SET session_replication_role = replica; SET allow_system_table_mods = on; SET maintenance_work_mem = '256MB';
    UPDATE pg_index SET indisready = false WHERE indrelid = '\(name)'::regclass;
    INSERT INTO \(name) (\(columns)) SELECT \(values) FROM generate_series(1, \(rows)) n;
    UPDATE pg_index SET indisready = true WHERE indrelid = '\(name)'::regclass;
    RESET session_replication_role; RESET allow_system_table_mods;
    REINDEX TABLE \(name);
    """
  }

  private static let user = "md5((n % 100000)::text)::uuid"
  private static let id = "md5(n::text)::uuid"
  /// Spread over the past year.
  private static let past = "now() - interval '3 days' - (n % 362) * interval '1 day'"
  private static let source = "(ARRAY['auth', 'billing', 'session', 'task'])[n % 4 + 1]"

  static let all = [
    PlanTables(
      name: "tasks", columns: "type, payload, status, is_open, user_id, run_at, lease_until, worker, completed_at",
      values: """
        'send_mail', '{}', CASE WHEN n % 10 = 0 THEN 'pending' WHEN n % 10000 = 1 THEN 'running' ELSE 'completed' END,
        n % 10 = 0 OR n % 10000 = 1, \(user), CASE WHEN n % 10 > 0 OR n % 100000 = 0 THEN \(past) ELSE now() + interval '1 hour' END,
        CASE WHEN n % 10000 = 1 THEN now() + interval '3 hours' END, CASE WHEN n % 10000 = 1 THEN 'w' END, \(past)
        """),
    PlanTables(
      name: "outbox", columns: "source, context, type, subject, data, created_at, published_at, published_to",
      values: """
        \(source), 'billing', 'test.event', n::text, '{}', now() - n * interval '0.5 seconds',
        CASE WHEN n > 40 THEN now() - n * interval '0.5 seconds' END, CASE WHEN n > 40 THEN 'first' END
        """),
    PlanTables(
      name: "revocations", columns: "user_id, device_id, cutoff, expires_at",
      values: """
        \(user), \(id), now() - n * interval '0.08 seconds', now() + interval '25 hours' - n * interval '0.08 seconds'
        """),
    PlanTables(
      name: "conversations", columns: "id, user_id, agent_id, signed_url, invited_at, closed_at, check_at, duration_ms",
      values: """
        'conv_' || n, \(user), 'agent', '', \(past), CASE WHEN n % 20 > 0 THEN \(past) END,
        CASE WHEN n % 200000 = 0 THEN \(past) WHEN n % 20 = 0 THEN now() + interval '1 hour' END, 60000
        """),
    PlanTables(
      name: "talk_sessions",
      columns: "id, user_id, agent_id, conversation_id, created_at, settled_at, charged_ms, end_reason",
      values: """
        lpad(n::text, 22, '0'), \(user), 'agent', 'conv_' || n, \(past), CASE WHEN n % 500 > 0 THEN \(past) END,
        CASE WHEN n % 500 > 0 THEN 60000 END, CASE WHEN n % 500 > 0 THEN 'user' END
        """),
    PlanTables(
      name: "holds", columns: "reference, user_id, purpose, amount_ms, cumulative_ms, is_final, expires_at, closed_at",
      values: """
        'session:' || lpad(n::text, 22, '0') || ':1', \(user), 'session:' || lpad(n::text, 22, '0'), 60000, 60000, false,
        CASE WHEN n % 500 > 0 THEN \(past) ELSE now() + interval '3 hours' END,
        CASE WHEN n % 500 > 0 THEN \(past) END
        """),
    PlanTables(
      name: "transactions",
      columns: """
        id, razorpay_order_id, razorpay_payment_id, amount, status, created_at, user_id, pack_id, currency, talktime_ms,
        paid_at, pack_version, check_at, checks, receipt
        """,
      values: """
        \(id), 'order_' || n, CASE WHEN n % 10 < 7 THEN 'pay_' || n END, 19900,
        CASE WHEN n % 10 < 7 THEN 'paid' WHEN n % 500 = 9 THEN 'created' ELSE 'expired' END,
        CASE WHEN n % 500 = 9 THEN now() - interval '1 minute' ELSE \(past) END, \(user), 'hour', 'INR', 600000,
        CASE WHEN n % 10 < 7 THEN \(past) END, 1,
        CASE WHEN n % 100000 = 9 THEN \(past) WHEN n % 500 = 9 THEN now() + interval '3 hours' END,
        CASE WHEN n % 1000 = 9 THEN 0 ELSE 1 END, CASE WHEN n % 10 < 7 THEN 'R' || n END
        """),
    PlanTables(
      name: "payments", columns: "razorpay_payment_id, transaction_id, amount, currency, status, credited",
      values: "'pay_' || n, \(id), 19900, 'INR', 'captured', true"),
    PlanTables(
      name: "refunds",
      columns: """
        transaction_id, razorpay_payment_id, razorpay_refund_id, amount, currency, status, origin, talktime_ms, try_at,
        finished_at, credit_note
        """,
      values: """
        \(id), 'pay_' || n, 'rfnd_' || n, 19900, 'INR', CASE WHEN n % 500 = 0 THEN 'pending' ELSE 'processed' END,
        'operator', 600000, CASE WHEN n % 100000 = 0 THEN \(past) WHEN n % 500 = 0 THEN now() + interval '1 hour' END,
        CASE WHEN n % 500 > 0 THEN \(past) END, CASE WHEN n % 500 > 0 THEN 'C' || n END
        """),
    PlanTables(
      name: "razorpay_webhooks", columns: "event_id, body, type, received_at, done_at, attempts, run_at, outcome",
      values: """
        'evt_' || n, '\\x7b7d', 'payment.captured', \(past), CASE WHEN n % 1000 > 0 THEN \(past) END, 1,
        CASE WHEN n % 1000 > 0 OR n % 200000 = 0 THEN \(past) ELSE now() + interval '3 hours' END, 'credited'
        """),
  ]
}
