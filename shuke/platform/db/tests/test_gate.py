import threading
import time

from shuke.platform.db.gate import FairGate


def test_serves_waiting_threads_in_order_of_arrival():
    gate = FairGate()
    served: list[int] = []
    gate.acquire()

    def visitor(number: int) -> None:
        gate.acquire()
        served.append(number)
        gate.release()

    threads = []
    for number in range(8):
        thread = threading.Thread(target=visitor, args=(number,))
        thread.start()
        threads.append(thread)
        while len(gate._waiting) <= number:
            time.sleep(0.001)
    gate.release()
    for thread in threads:
        thread.join()

    assert served == list(range(8))


def test_is_reentrant():
    gate = FairGate()

    assert gate.acquire()
    assert gate.acquire()
    gate.release()
    assert gate.is_mine
    gate.release()
    assert not gate.is_mine


def test_gives_up_after_the_timeout_and_keeps_the_queue_whole():
    gate = FairGate()
    gate.acquire()
    outcome: list[bool] = []
    thread = threading.Thread(target=lambda: outcome.append(gate.acquire(timeout=0.01)))

    thread.start()
    thread.join()

    assert outcome == [False]
    gate.release()
    assert gate.acquire(timeout=0.01)
