from corpus.scenario import BAD_RETURN, Error, Exec, Failure, Local, Scenario, text


def code(number, says=""):
    return Exec([text("code", str(number))], Failure(number, says))


FIELDS = {"inputs": ["code"], "params": [], "accepts": []}
SCENARIOS = {
    "": Scenario(
        [
            *(code(number) for number in (1, 2, 3, 4, 5, 9)),
            code(6, "two\nlines\tand a tab"),
            code(7, "..." + "x" * 4000 + "..."),  # cut somewhere after 4000
            code(8, "smile \U0001f600"),
            code(10, "未知错误 10"),
            code(-1, "未知错误 -1"),
            code(2147483647, "未知错误 2147483647"),
            code(-2147483648, "未知错误 -2147483648"),
            Exec([text("code", "2147483648")], Failure(BAD_RETURN)),
            Exec([text("code", "0")], Failure(BAD_RETURN)),
            Error(30001, "未知错误 30001"),
            code(10, "未知错误 10"),
        ],
        local=(Local(ok=False, code=10, reason="未知错误 10"),),
    )
}
