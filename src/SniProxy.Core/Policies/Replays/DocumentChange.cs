namespace SniProxy.Core.Policies.Replays;

/// <summary>One thing that one document says and another does not.</summary>
/// <param name="IsAdded">True where the second one says it, false where the first one does.</param>
/// <param name="What">The key, such as <c>mode</c>, or <c>rule 3</c>, counted in the document that says it.</param>
/// <param name="Text">What it says, in canonical form.</param>
public sealed record DocumentChange(bool IsAdded, string What, string Text);
