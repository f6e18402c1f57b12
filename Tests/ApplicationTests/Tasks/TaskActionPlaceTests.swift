import Domain
import Foundation
import Testing

@testable import Application

@Suite("How far an operator's action on many tasks has come")
struct TaskActionPlaceTests {
  @Test("a place is read as it was kept", arguments: TaskActionPlace.Part.allCases)
  func kept(part: TaskActionPlace.Part) throws {
    let last = TaskCursor(createdAt: Date(unixMicroseconds: 1_800_000_000_000_001), id: TaskID(UUID()))
    for place in [TaskActionPlace(part), TaskActionPlace(part, after: last)] {
      #expect(TaskActionPlace(json: place.json) == place)
      #expect(try JSONDecoder().decode(String.self, from: Data(place.json.utf8)).hasPrefix(part.rawValue))
    }
  }

  @Test("what is no place is not read", arguments: ["", "\"", "\"\"", "1", "\"all\"", "\"unfinished 1\"", "{}"])
  func noPlace(text: String) { #expect(TaskActionPlace(json: text) == nil) }

  @Test("an action goes through the parts that can have tasks for it")
  func parts() {
    func parts(_ action: TaskAction, _ filter: TaskFilter = TaskFilter()) -> [TaskActionPlace.Part] {
      TaskActionPlace.Part.all(for: action, on: filter)
    }
    #expect(parts(.retry) == [.unfinished, .unsuccessful])
    #expect(parts(.retry, TaskFilter(state: .failed)) == [.unsuccessful])
    #expect(parts(.retry, TaskFilter(state: .parked)) == [.unfinished])
    #expect(parts(.retry, TaskFilter(state: .completed)).isEmpty)
    #expect(parts(.cancel) == [.unfinished] && parts(.runNow) == [.unfinished] && parts(.priority(1)) == [.unfinished])
    #expect(TaskActionPlace.Part.unsuccessful.states(for: .retry, on: TaskFilter()) == [.failed])
    #expect(TaskActionPlace.Part.unfinished.states(for: .retry, on: TaskFilter()) == [.parked])
  }
}
