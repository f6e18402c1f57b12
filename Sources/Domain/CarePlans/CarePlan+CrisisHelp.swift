extension CarePlan {
  /// What a person in danger reads first, above whatever a model writes. People wrote it, and no model changes it.
  public static let crisisHelp = """
    What you said sounds as if you are in great distress, and you do not have to go through it alone. If you might harm \
    yourself, or you are in danger now, call 112, or the emergency number of where you are. In India, Tele-MANAS listens \
    day and night, free of charge: 14416 or 1800 891 4416. In other countries, findahelpline.com names a line near you. \
    Please tell somebody you trust how you feel, today, and do not stay alone.
    """

  /// The plan of a talk in which the user was in danger, where no model wrote one.
  public static let inCrisis = CarePlan(
    title: "Please talk to somebody now",
    summary: "No further plan was made of this talk. What matters now is that you are safe.",
    steps: [
      Step(title: "Call", detail: "112 in an emergency. In India, 14416 (Tele-MANAS), day and night."),
      Step(title: "Tell somebody you trust", detail: "A relative, a friend or a doctor. Today."),
    ], seekHelpIf: ["You think of harming yourself, or you feel unsafe."], isCrisis: true)
}
