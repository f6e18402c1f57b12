import Domain

extension ResponseSchema {
  /// The form of a care plan. `CarePlan` checks again what comes back.
  static let carePlan = object(
    [
      "title": text("A few words"),
      "summary": text("What was talked about, in a few sentences"),
      "concerns": list(text("What worries the user, as the user said it"), most: CarePlan.mostEntries),
      "goals": list(text("What the user wants to reach"), most: CarePlan.mostEntries),
      "steps": list(
        object(
          [
            "title": text("The action in a few words"), "detail": text("How to do it"),
            "due": text("The day by which it is to be done, as YYYY-MM-DD; only if one was agreed on"),
          ], optional: ["due"]), most: CarePlan.mostEntries),
      "follow_up": text("When and how the user looks at the plan again; only if it was talked about"),
      "seek_help_if": list(text("A sign that calls for a doctor or another person's help"), most: CarePlan.mostEntries),
    ], optional: ["follow_up"])
}
