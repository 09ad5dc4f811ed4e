// SPDX-License-Identifier: GPL-3.0-or-later
// forest_auc.c - prints results/forest_auc.csv: ROC-AUC of our isolation forest beside
// scikit-learn's on the tabular sets.
//
//     build/tests/bench/forest_auc TEND_DATA/anomaly/tab > results/forest_auc.csv
//
// Run from the top of the project. Five seeds each, and as many as the parity test takes: with five
// the difference of two means of the very same forest has a standard error of up to 0.03.
#include "../forest_sets.h"

static double mean_auc(const forest_set *set, int seeds)
{
    double sum = 0;
    for (int seed = 1; seed <= seeds; seed++)
        sum += forest_on_set(set, (uint64_t)seed).auc / seeds;
    return sum;
}

int main(int argc, char **argv)
{
    const int seeds[] = {5, FOREST_SEEDS};
    if (argc != 2) {
        fprintf(stderr, "usage: forest_auc TEND_DATA/anomaly/tab > results/forest_auc.csv\n");
        return 2;
    }
    printf("set,rows,features,seeds,auc,sklearn_auc,difference,standard_error\n");
    for (int k = 0; k < 2; k++) {
        const int sets = (int)(sizeof forest_sets / sizeof *forest_sets);
        double total = 0, sklearn_total = 0;
        for (int i = 0; i < sets; i++) {
            forest_set set;
            forest_figures theirs;
            double error;
            if (!forest_reference(forest_sets[i], seeds[k], &theirs, &error) ||
                !forest_set_read(argv[1], forest_sets[i], &set)) {
                fprintf(stderr, "forest_auc: %s: no data in %s, or no reference in %s\n",
                        forest_sets[i], argv[1], FOREST_REFERENCE);
                return 1;
            }
            double auc = mean_auc(&set, seeds[k]);
            printf("%s,%d,%d,%d,%.4f,%.4f,%+.4f,%.4f\n", forest_sets[i], set.n, set.width, seeds[k],
                   auc, theirs.auc, auc - theirs.auc, error);
            total += auc / sets;
            sklearn_total += theirs.auc / sets;
            forest_set_free(&set);
        }
        printf("mean,,,%d,%.4f,%.4f,%+.4f,\n", seeds[k], total, sklearn_total,
               total - sklearn_total);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
