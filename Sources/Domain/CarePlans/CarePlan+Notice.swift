extension CarePlan {
  /// What each plan says of itself, wherever it is shown.
  public static let notice = """
    An AI wrote this plan from your talk and may be wrong. It is no medical advice and no diagnosis. Ask a doctor before \
    you change a treatment. In an emergency call 112, or the emergency number of where you are.
    """
}
