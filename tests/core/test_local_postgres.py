"""The launcher of the local PostgreSQL, against real servers in real directories."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from core import local_postgres
from core.local_postgres import LocalPostgres, PostgresStartError, binaries

pytestmark = pytest.mark.slow
SMALL = {"shared_buffers": "16MB"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalPostgres]:
    """A running server that may lose data in a power cut, but not when it is killed."""
    with LocalPostgres(tmp_path / "pg", durable=False, settings=SMALL) as running:
        yield running


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[LocalPostgres]:
    """A running server as `make run` has it."""
    with LocalPostgres(tmp_path / "pg", settings=SMALL) as running:
        yield running


def ask(url: str, sql: str) -> object:
    """The first value of the first row."""
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        row = connection.execute(sql).fetchone()
    return row and row[0]


def tell(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        connection.execute(sql)


def family(pid: int | None) -> set[int]:
    """The server process and its children, as far as they live."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has just ended
            continue
        if state != "Z" and pid in (int(parent), int(entry.parent.name)):
            found.add(int(entry.parent.name))
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if pid in family(pid)}


def test_starts_with_its_own_database_role_and_settings(durable: LocalPostgres) -> None:
    asked = "current_user, current_database(), current_setting('TimeZone'), pg_encoding_to_char(encoding), datlocale"
    with psycopg.connect(durable.url) as connection:
        row = connection.execute(f"SELECT {asked} FROM pg_database WHERE datname = current_database()").fetchone()
    assert row == ("fairlead", "fairlead", "UTC", "UTF8", "C.UTF-8")
    assert ask(durable.url, "SHOW shared_buffers") == "16MB"
    assert ask(durable.url, "SHOW fsync") == "on"
    assert ask(durable.url, "SELECT lower('ÀÖ') || upper('ß')") == "àöß"


def test_secrets_are_readable_by_their_owner_only(server: LocalPostgres) -> None:
    assert (server.directory / "url").read_text().strip() == server.url
    for name in ("url", "password"):
        assert stat.S_IMODE((server.directory / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert server.data.stat().st_uid != 0


def test_a_wrong_password_and_a_missing_one_are_refused(server: LocalPostgres) -> None:
    port = urlsplit(server.url).port
    for login in ("fairlead:wrong@", "fairlead@", "postgres@"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(f"postgresql://{login}127.0.0.1:{port}/fairlead", connect_timeout=5)


def test_listens_on_the_loopback_address_only(server: LocalPostgres) -> None:
    port = urlsplit(server.url).port
    assert port is not None
    assert ask(server.url, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(server.url, "SHOW unix_socket_directories") == ""
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=2):
        pass


def test_a_restart_keeps_data_port_and_password(server: LocalPostgres) -> None:
    url = server.url
    tell(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    assert not (server.directory / "url").exists()
    assert server.start() == url
    assert ask(url, "SELECT answer FROM kept") == 42


def test_a_second_start_uses_the_running_server(server: LocalPostgres) -> None:
    pid = server.pid
    other = LocalPostgres(server.directory)
    assert other.start() == server.url
    assert other.pid == pid
    other.stop()
    assert server.pid is None


def test_a_missing_database_is_made_again(server: LocalPostgres) -> None:
    with psycopg.connect(server.url, dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE fairlead")
    assert ask(server.start(), "SELECT current_database()") == "fairlead"


def test_stop_leaves_no_process_even_with_a_transaction_open(server: LocalPostgres) -> None:
    connection = psycopg.connect(server.url)
    connection.execute("CREATE TABLE never (id int)")
    before = family(server.pid)
    assert len(before) > 3
    server.stop()
    assert alive(before) == set()
    assert server.pid is None
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")


@pytest.mark.parametrize("busy", [False, True])
def test_a_killed_server_recovers_every_committed_row(durable: LocalPostgres, busy: bool) -> None:
    tell(durable.url, "CREATE TABLE paid (amount bigint)")
    tell(durable.url, "INSERT INTO paid VALUES (1250000)")
    pid = durable.pid
    assert pid is not None
    worker = psycopg.connect(durable.url)
    if busy:  # a backend in the middle of work outlives its postmaster for a moment
        worker.execute("INSERT INTO paid VALUES (99)")
        worker.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 4000000)")
    before = family(pid)
    os.killpg(pid, signal.SIGKILL)
    again = LocalPostgres(durable.directory, settings=SMALL)
    with again:
        assert again.pid not in (None, pid)
        assert ask(again.url, "SELECT sum(amount) FROM paid") == 1250000
        everyone = before | family(again.pid)
    assert alive(everyone) == set()
    worker.close()


def test_a_stale_process_id_that_now_is_another_program_does_not_stop_it(server: LocalPostgres) -> None:
    lock = server.data / "postmaster.pid"
    lines = lock.read_text().splitlines()
    server.stop()
    lock.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    os.chown(lock, server.data.stat().st_uid, server.data.stat().st_gid)
    assert server.pid is None
    assert ask(server.start(), "SELECT 1") == 1


def test_a_port_taken_by_another_program_is_replaced(server: LocalPostgres) -> None:
    port = urlsplit(server.url).port
    assert port is not None
    server.stop()
    with socket.create_server(("127.0.0.1", port)):
        url = server.start()
    assert urlsplit(url).port != port
    assert ask(url, "SELECT 1") == 1


def test_its_session_is_its_own_so_that_ctrl_c_does_not_reach_it(server: LocalPostgres) -> None:
    assert server.pid is not None
    assert os.getsid(server.pid) == server.pid != os.getsid(0)


def test_the_users_environment_does_not_disturb_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disturbing = {"PGDATA": "/nowhere", "PGPORT": "1", "PGSSLMODE": "require", "PGSERVICE": "none"}
    for name, value in (disturbing | {"LC_ALL": "xx_YY.UTF-8", "TZ": "Asia/Tokyo", "PGOPTIONS": "-c x=y"}).items():
        monkeypatch.setenv(name, value)
    server = LocalPostgres(tmp_path / "pg", durable=False, settings=SMALL)
    try:
        url = server.start()
        for name in (*disturbing, "PGOPTIONS"):
            monkeypatch.delenv(name)
        assert ask(url, "SELECT current_setting('TimeZone') || current_setting('fsync')") == "UTCoff"
    finally:
        server.stop()


def test_an_interrupted_initdb_is_begun_again(tmp_path: Path) -> None:
    half = tmp_path / "pg" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with LocalPostgres(tmp_path / "pg", durable=False, settings=SMALL) as server:
        assert ask(server.url, "SELECT 1") == 1
    assert not half.exists()


def test_two_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from core.local_postgres import LocalPostgres as L; "
    code += "print(L(Path(sys.argv[1]), durable=False, settings={'shared_buffers': '16MB'}).start())"
    command = [sys.executable, "-c", code, str(tmp_path / "pg")]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    urls = {starter.communicate(timeout=60)[0] for starter in starters}
    server = LocalPostgres(tmp_path / "pg")
    try:
        assert urls == {server.url + "\n"}
        assert server.pid is not None  # and it outlives those who started it
    finally:
        server.stop()
    assert server.pid is None


def test_a_failure_shows_the_end_of_the_log(tmp_path: Path) -> None:
    server = LocalPostgres(tmp_path / "pg", durable=False, settings={"shared_buffers": "lots"})
    with pytest.raises(PostgresStartError, match="invalid value for parameter"):
        server.start()
    assert server.pid is None


def test_a_directory_never_started_has_no_url(tmp_path: Path) -> None:
    with pytest.raises(PostgresStartError, match="has been started"):
        _ = LocalPostgres(tmp_path / "pg").url
    LocalPostgres(tmp_path / "pg").stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must become somebody else")
class TestAsRoot:
    def test_runs_as_an_unprivileged_user_below_a_directory_closed_to_it(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        with LocalPostgres(closed / "pg", durable=False, settings=SMALL) as server:
            assert server.data.stat().st_uid != 0
            status = Path(f"/proc/{server.pid}/status").read_text()
            assert f"Uid:\t{server.data.stat().st_uid}\t" in status
            assert ask(server.url, "SELECT 1") == 1

    def test_without_setpriv_says_what_to_do(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "closed").mkdir(mode=0o700)
        monkeypatch.setitem(local_postgres.ENVIRONMENT, "PATH", "/nowhere")
        with pytest.raises(PostgresStartError, match="DATABASE_URL"):
            LocalPostgres(tmp_path / "closed" / "pg").start()


def test_the_binaries_include_the_tools() -> None:
    for tool in ("postgres", "psql", "pgbench", "pg_dump"):
        assert os.access(binaries() / tool, os.X_OK)


def test_starting_is_quick(tmp_path: Path) -> None:
    server = LocalPostgres(tmp_path / "pg", durable=False, settings=SMALL)
    begin = time.monotonic()
    server.start()
    first = time.monotonic() - begin
    server.stop()
    begin = time.monotonic()
    server.start()
    again = time.monotonic() - begin
    server.stop()
    assert (first < 15, again < 5) == (True, True), (first, again)
