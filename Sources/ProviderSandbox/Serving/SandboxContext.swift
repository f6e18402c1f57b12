import Hummingbird
import NIOCore

/// The context of a request. It contains the channel, so that a fault can break the connection.
struct SandboxContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  /// Attachments and transcripts are larger than Hummingbird's default limit.
  var maxUploadSize: Int { 16 << 20 }

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }
}
