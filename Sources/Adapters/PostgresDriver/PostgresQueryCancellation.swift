import CPQ
import Glibc

/// PQcancel opens its own connection and blocks, so it runs on its own thread.
enum PostgresQueryCancellation {
  static func send(_ request: OpaquePointer) {
    var thread = pthread_t()
    let failed = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let request = OpaquePointer(argument)
        var message = [CChar](repeating: 0, count: 256)
        PQcancel(request, &message, Int32(message.count))
        PQfreeCancel(request)
        return nil
      }, UnsafeMutableRawPointer(request))
    if failed == 0 { pthread_detach(thread) } else { PQfreeCancel(request) }
  }
}
