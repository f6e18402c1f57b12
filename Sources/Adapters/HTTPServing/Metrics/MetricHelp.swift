/// What each metric is, by its name in `/metrics`. A test compares the rows with the names in the sources and with the
/// table in docs/operations.md.
enum MetricHelp {
  static let texts: [String: String] = [
    "talktime_breached_password_checks_total": "New passwords that were looked up among those of breaches.",
    "talktime_dead_letters": "Dead letters that wait for an operator.",
    "talktime_event_attempts_left_total": "Attempts at events that their consumer went on without.",
    "talktime_event_consumers_stopped_total": "How often a consumer has stopped because of attempts that never ended.",
    "talktime_events_total": "Events that a group has handled or given up on.",
    "talktime_http_request_duration_seconds": "Requests and their duration.",
    "talktime_links": "Live links on this instance.",
    "talktime_live_sessions": "Talks that are not over.",
    "talktime_model_cost_nanorupees_total": "What the tokens of the model cost, in billionths of a rupee.",
    "talktime_model_requests_total": "Requests to the model by what came of them.",
    "talktime_model_tokens_total": "Tokens that the model's provider charges for.",
    "talktime_outbox_waiting": "Events that wait for the relay of this service, of 100,000 at most.",
    "talktime_outbox_waiting_seconds": "The age of the oldest event that waits for the relay of this service.",
    "talktime_provider_circuit": "The circuit breaker of an operation: 0 closed, 1 half open, 2 open.",
    "talktime_provider_key_refused": "1 from an answer of 401 or 403 until the key is accepted.",
    "talktime_provider_requests": "Requests to a provider that are in progress.",
    "talktime_stream_age_seconds": "The age of the first entry of a stream.",
    "talktime_stream_behind_seconds": "The age of the oldest entry that a group has not acknowledged.",
    "talktime_stream_bytes": "The memory of a stream.",
    "talktime_stream_lag": "Entries that were not delivered to a group yet.",
    "talktime_stream_oldest_pending_seconds": "The age of the oldest entry that was delivered and not acknowledged.",
    "talktime_stream_pending": "Entries that were delivered to a group and not acknowledged.",
    "talktime_stream_trimmed_total": "Entries that were removed before a group had read them.",
    "talktime_transcripts_overdue_seconds": "How long ago the erasure of the oldest conversation was due.",
    "talktime_watchers": "Clients that follow a talk over this instance.",
  ]
}
