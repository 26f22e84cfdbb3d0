namespace SniProxy.Core.Policies;

/// <summary>An entry of a rule's scope, with its rule and the rule's place in the order of the walk.</summary>
internal readonly record struct PlacedEntry(RuleEntry Entry, PolicyRule Rule, int Order);
