import Hummingbird
import NIOCore

/// What a route knows of its request. The channel is there so that a fault can break the connection itself.
struct SandboxContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  /// Attachments and transcripts are larger than Hummingbird's default.
  var maxUploadSize: Int { 16 << 20 }

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }
}
