using SniProxy.Resolutions;

namespace SniProxy.Tests.Resolutions;

public sealed class QuestionSharesTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(2_000, 500)]
    public void OneAloneHasAQuarter(int max, int expected) => Assert.Equal(expected, TakeAll(new QuestionShares(max), asker: 1));

    [Fact]
    public void WhereTwentyTakeAllTheyCanTheNextOneHasRoom()
    {
        var shares = new QuestionShares(2_000);
        for (var asker = 0; asker <= 20; asker++)
        {
            Assert.True(TakeAll(shares, asker) > 0, $"number {asker} had nothing");
        }
    }

    [Fact]
    public void NeverMoreThanThereAreInAll()
    {
        var shares = new QuestionShares(50);
        Assert.Equal(50, Enumerable.Range(0, 10_000).Sum(asker => TakeAll(shares, asker)));
    }

    [Fact]
    public void WhatIsGivenBackIsThereAgain()
    {
        var shares = new QuestionShares(40);
        var taken = TakeAll(shares, asker: 1);
        for (var i = 0; i < taken; i++)
        {
            shares.GiveBack(1);
        }

        Assert.Equal((10, 10), (taken, TakeAll(shares, asker: 1)));
    }

    [Fact]
    public void WhatIsGivenBackGoesToWhoeverHasLeast()
    {
        var shares = new QuestionShares(400);
        var first = TakeAll(shares, asker: 1);
        TakeAll(shares, asker: 2);
        shares.GiveBack(1);
        Assert.False(shares.TryTake(1), $"the one that has {first - 1} took another");
        Assert.True(shares.TryTake(3));
    }

    private static int TakeAll(QuestionShares shares, long asker)
    {
        var taken = 0;
        while (shares.TryTake(asker))
        {
            taken++;
        }

        return taken;
    }
}
