import Application
import Domain
import ServiceLifecycle
import Synchronization

/// Requests slices in the background, a few at once. A talk whose slice is being requested is not added again.
final class SliceRequester: SliceRequestQueue, Service {
  private struct SliceRequest: Sendable {
    let session: SessionID
    let slice: Int64
    let metered: TalkTime
    let user: UserID
  }

  private let hold: HoldNextSlice
  private let underWay = Mutex<Set<SessionID>>([])
  private let requests: AsyncStream<SliceRequest>
  private let input: AsyncStream<SliceRequest>.Continuation
  private let concurrency: Int

  init(hold: HoldNextSlice, concurrency: Int = 4) {
    self.hold = hold
    self.concurrency = concurrency
    (requests, input) = AsyncStream.makeStream(of: SliceRequest.self, bufferingPolicy: .bufferingOldest(20_000))
  }

  func ask(for talk: LiveTalk, user: UserID) {
    guard underWay.withLock({ $0.insert(talk.id).inserted }) else { return }
    let request = SliceRequest(session: talk.id, slice: talk.slice + 1, metered: talk.charged, user: user)
    // A request that finds the queue full is made again at the next beat.
    if case .dropped = input.yield(request) { underWay.withLock { _ = $0.remove(talk.id) } }
  }

  func run() async throws {
    let (hold, concurrency, requests) = (hold, concurrency, requests)
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        var running = 0
        for await request in requests {
          if running >= concurrency {
            await group.next()
            running -= 1
          }
          running += 1
          group.addTask {
            await hold(request.session, slice: request.slice, metered: request.metered, user: request.user)
            self.underWay.withLock { _ = $0.remove(request.session) }
          }
        }
      }
    }
  }
}
