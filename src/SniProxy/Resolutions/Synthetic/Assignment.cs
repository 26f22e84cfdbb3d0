namespace SniProxy.Resolutions.Synthetic;

/// <param name="Status">Whether the name has addresses.</param>
/// <param name="Slot">Where they are in the pool; meaningful where it has.</param>
internal readonly record struct Assignment(AssignmentStatus Status, int Slot = 0);
