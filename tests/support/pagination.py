"""Generated paginations, and everything that a caller can see of one."""

from __future__ import annotations

import copy

from hypothesis import strategies as st

from comparison import outcome
from fastbedrock._model import service_model

OPERATION = "ListAsyncInvokes"
MODELLED = service_model("bedrock-runtime").paginators[OPERATION]
# Other services have these; no operation of bedrock-runtime does.
RICH = {
    "input_token": ["nextToken", "marker"],
    "output_token": ["nextToken", "meta.marker"],
    "more_results": "more",
    "limit_key": "maxResults",
    "result_key": ["items", "meta.names", "count", "text"],
    "non_aggregate_keys": ["owner", "meta.owner"],
}


def observed(paginator, calls, kwargs, consume):
    """Everything that a caller can see of one pagination that is iterated twice."""

    def iterate():
        pages = paginator.paginate(**copy.deepcopy(kwargs))
        seen = []
        for _ in range(2):
            seen.append(outcome(lambda: consume(pages)))
            seen.append((pages.resume_token, copy.deepcopy(pages.non_aggregate_part)))
        return seen

    return outcome(iterate), copy.deepcopy(calls)


def all_pages(pages):
    return [copy.deepcopy(page) for _, page in zip(range(12), pages, strict=False)]


CONSUMERS = {
    "pages": all_pages,
    "full": lambda pages: pages.build_full_result(),
    "keys": lambda pages: [list(items) for items in pages.result_key_iters()],
    "search": lambda pages: list(pages.search("items[].id || asyncInvokeSummaries || meta || *")),
    "first": lambda pages: next(iter(pages)),
}


async def all_pages_later(pages):
    found = []
    async for page in pages:
        found.append(copy.deepcopy(page))
        if len(found) == 12:
            break
    return found


async def listed(items):
    return [item async for item in items]


async def all_keys_later(pages):
    return [await listed(items) for items in pages.result_key_iters()]


async def all_found_later(pages):
    expression = "items[].id || asyncInvokeSummaries || meta || *"
    return await listed(pages.search(expression))


ASYNCHRONOUS = {
    "pages": all_pages_later,
    "full": lambda pages: pages.build_full_result(),
    "keys": all_keys_later,
    "search": all_found_later,
    "first": lambda pages: anext(aiter(pages)),
}
TOKENS = st.sampled_from([None, "", "a", "b", "c"])
ITEMS = st.lists(st.integers(0, 9), max_size=4)
SIMPLE_PAGES = st.fixed_dictionaries(
    {}, optional={"nextToken": TOKENS, "asyncInvokeSummaries": st.one_of(st.none(), ITEMS)}
)
RICH_PAGES = st.fixed_dictionaries(
    {
        "meta": st.fixed_dictionaries(
            {}, optional={"marker": TOKENS, "names": ITEMS, "owner": ITEMS}
        ),
        "more": st.sampled_from([True, True, True, False]),
    },
    optional={
        "nextToken": TOKENS,
        "items": st.one_of(st.none(), ITEMS, st.text(max_size=3)),
        "count": st.integers(0, 9),
        "text": st.text(max_size=2),
        "owner": st.one_of(st.none(), st.just({"id": 1})),
    },
)
STARTS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "plain",
            "a___2",
            "a___b",
            "a___b___1",
            "None___x",
            "x___y___z___w",
            "eyJuZXh0VG9rZW4iOiAiYSJ9",  # {"nextToken": "a"}
            "eyJuZXh0VG9rZW4iOiAiYSIsICJib3RvX3RydW5jYXRlX2Ftb3VudCI6IDF9",  # ... and 1 to skip
            "eyJuZXh0VG9rZW4iOiAiYSIsICJtYXJrZXIiOiAiYiJ9",  # with "marker": "b"
            "eyJ4IjogMX0=",  # {"x": 1}
            "NQ==",  # 5
            "W10=",  # []
        ]
    ),
)
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "MaxItems": st.one_of(st.none(), st.integers(0, 9), st.sampled_from(["3", "x"])),
        "PageSize": st.one_of(st.none(), st.integers(1, 5), st.just("2")),
        "StartingToken": STARTS,
    },
)
CASES = st.one_of(
    st.tuples(st.just(MODELLED), st.lists(SIMPLE_PAGES, min_size=1, max_size=5)),
    st.tuples(st.just(RICH), st.lists(RICH_PAGES, min_size=1, max_size=5)),
)
