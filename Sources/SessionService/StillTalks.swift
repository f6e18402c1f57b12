import Application
import Domain

/// Tells how a talk stands, once.
struct StillTalks: WatchesTalks {
  let live: any LiveTalks

  func watch(_ watch: TalkWatch) async throws(WatchTalkError) -> TalkNotices {
    let found: LiveTalk?
    do { found = try await live.read(watch.session) } catch { throw .unavailable }
    guard let talk = found, talk.user == watch.user else { throw .notFound }
    let inbox = NoticeInbox()
    inbox.tell(
      .change(
        TalkChange(
          kind: talk.state == .ended ? .ended : .remaining, version: 0, session: talk.id, user: talk.user,
          state: talk.state, remaining: talk.remaining, charged: talk.charged, endReason: talk.endReason)))
    return TalkNotices(inbox)
  }
}
