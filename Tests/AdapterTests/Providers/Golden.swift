import Foundation
import Testing

/// A text must equal its file byte for byte. After an intended change, RECORD_GOLDEN=1 writes the files anew, and the
/// commit shows the difference.
enum Golden {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  private static let isRecording = ProcessInfo.processInfo.environment["RECORD_GOLDEN"] != nil

  static func check(_ text: String, _ name: String, at location: SourceLocation = #_sourceLocation) throws {
    let file = folder.appending(path: name)
    if isRecording { try Data(text.utf8).write(to: file) }
    #expect(try Data(contentsOf: file) == Data(text.utf8), "\(name)", sourceLocation: location)
  }
}
