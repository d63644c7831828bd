// Which methods of a client were called, and how that ended: so that none is forgotten.

import assert from 'node:assert/strict';

export class Outcomes {
    #seen = new Set();

    record(method, outcome) {
        this.#seen.add(`${method}: ${outcome}`);
    }

    /** The same client, each call of which is recorded; `null` is how some of its methods say that they failed. */
    watch(client) {
        const outcomes = this;
        return new Proxy(client, {
            get(target, name) {
                const member = target[name];
                if (typeof member !== 'function') return member;
                return async (...args) => {
                    try {
                        const answer = await member.apply(target, args);
                        outcomes.record(name, answer === null ? 'failure' : 'success');
                        return answer;
                    } catch (error) {
                        outcomes.record(name, 'failure');
                        throw error;
                    }
                };
            },
        });
    }

    /** Each of these methods succeeded and, unless it cannot, failed. */
    complete(methods, { cannotFail = [] } = {}) {
        assert.notEqual(methods.length, 0);
        const expected = methods.flatMap(method =>
            ['success', 'failure']
                .filter(outcome => outcome === 'success' || !cannotFail.includes(method))
                .map(outcome => `${method}: ${outcome}`));
        assert.deepEqual(expected.filter(outcome => !this.#seen.has(outcome)), []);
    }
}
