import FoundationEssentials
import Logging

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Writes one JSON object per line on standard error: time, level, service, message and the metadata.
public struct JSONLogHandler: LogHandler {
  public var logLevel: Logger.Level = .info
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  private let service: String

  public init(service: String) { self.service = service }

  public subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var line: [UInt8] = Array("{\"time\":\"".utf8)
    line += Array(Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)).utf8)
    line += Array("\",\"level\":\"\(event.level.rawValue)\",\"service\":\"\(service)\",\"message\":".utf8)
    append(event.message.description, to: &line)
    let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) where key != "hb.request.id" {
      line.append(0x2C)
      append(key, to: &line)
      line.append(0x3A)
      append(value.description, to: &line)
    }
    line += Array("}\n".utf8)
    // Each line is one write, so that lines of several threads do not mix.
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  private func append(_ text: String, to line: inout [UInt8]) {
    line.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22, 0x5C: line += [0x5C, byte]
      case 0x0A: line += Array("\\n".utf8)
      case 0..<0x20: line += Array("\\u00".utf8) + hex(byte)
      default: line.append(byte)
      }
    }
    line.append(0x22)
  }

  private func hex(_ byte: UInt8) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return [digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
  }
}
